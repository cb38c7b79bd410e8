"""Budkavle as an app on the phone: installed from the browser, push notices, sharing into a message, scanning.

`plugin` registers the hooks, `app` is what the browser installs, `push` sends notices of new cases, `sharing` and
`scanning` put files into a draft, and `pages` are the pages.
"""
