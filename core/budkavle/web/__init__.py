"""The pages: Litestar, Jinja and htmx. They call the layers below; there is no SQL and there are no rules here.

`app` builds the application. `pages/` has one file for each group of pages. `views/render` renders templates, `auth`
finds the visitor, `http/forms` parses forms, `http/security_headers` sets the headers, and `http/live` tells the
browser what has changed.

The names below are the interface for plugins with pages, forms or guests, written as in `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.identification.guest_sessions import Guest as Guest
    from budkavle.identification.outcome import GuestOf as GuestOf
    from budkavle.messaging import guest_access
    from budkavle.messaging.arrival_notice import Newcomer as Newcomer
    from budkavle.messaging.arrival_notice import newcomer as newcomer
    from budkavle.messaging.assurance import guest_methods as guest_methods
    from budkavle.messaging.guest_access import GuestPreview as GuestPreview
    from budkavle.messaging.guest_access import guest_preview as guest_preview
    from budkavle.plugins.protocols.panel import Panel as Panel
    from budkavle.web import identification
    from budkavle.web.auth import Visitor as Visitor
    from budkavle.web.auth import require_authority as require_authority
    from budkavle.web.http import request_limits
    from budkavle.web.http.embedding import Frame as Frame
    from budkavle.web.http.forms import Form as Form
    from budkavle.web.http.forms import WebRequest as WebRequest
    from budkavle.web.http.forms import check_token as check_token
    from budkavle.web.http.forms import read_multipart as read_multipart
    from budkavle.web.http.language import reader_language as reader_language
    from budkavle.web.identification import admit_guest as admit_guest
    from budkavle.web.identification import dismiss_guest as dismiss_guest
    from budkavle.web.identification import identify_guest as identify_guest
    from budkavle.web.identification import try_provider as try_provider
    from budkavle.web.popup import Window as Window
    from budkavle.web.views import layout

    answer_as_guest = guest_access.answer
    open_guest_file = guest_access.open_file
    open_guest_message = guest_access.open_message
    allow_body = request_limits.allow
    guest_page = identification.page
    plugin_page = layout.page
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
