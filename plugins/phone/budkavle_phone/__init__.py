"""Budkavle as an app on the phone: installed from the browser, push notices, sharing into a message, scanning.

`plugin` registers, `app` is what the browser installs, `push` tells of new cases, `sharing` and `scanning` bring files
into a draft, `pages` are what people see.
"""
