"""Background work: the worker and its lanes, leases, jobs, retention, health.

Knows everything below; nothing of pages.

The names below are what plugins may import from here, written as in `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.cases.owned.arriving import ScreenedFiles as ScreenedFiles
    from budkavle.cases.owned.arriving import screen_arriving as screen_arriving
    from budkavle.cases.owned.screening import FileRefused as FileRefused
    from budkavle.cases.owned.screening import ScanResult as ScanResult
    from budkavle.cases.owned.screening import scan_file as scan_file
    from budkavle.model.destruction import Destroyed as Destroyed
    from budkavle.model.destruction import HeldCase as HeldCase
    from budkavle.model.destruction import Hold as Hold
    from budkavle.model.destruction import PlannedCase as PlannedCase
    from budkavle.model.destruction import PlannedDestruction as PlannedDestruction
    from budkavle.model.times import is_working_day as is_working_day
    from budkavle.model.times import working_day_after as working_day_after
    from budkavle.operations.clock import believed_now as believed_now
    from budkavle.operations.clock import counting_moment as counting_moment
    from budkavle.operations.destruction import DestructionResult as DestructionResult
    from budkavle.operations.destruction import destroy as destroy
    from budkavle.operations.destruction import would_hold as would_hold
    from budkavle.operations.outbound_http import check_outside_host as check_outside_host
    from budkavle.operations.outbound_http import outside_socket as outside_socket
    from budkavle.pdf_files import typeset_pdf as typeset_pdf
    from budkavle.plugins.protocols.malware_scanner import MalwareScanner as MalwareScanner
    from budkavle.plugins.protocols.malware_scanner import ScannerUnavailable as ScannerUnavailable
    from budkavle.previews.looking import Preview as Preview
    from budkavle.previews.looking import preview_file as preview_file
    from budkavle.previews.reading import FileReader as FileReader
    from budkavle.previews.shelf import PreviewShelf as PreviewShelf
    from budkavle.zip_files import ZipMember as ZipMember
    from budkavle.zip_files import safe_name as safe_name
    from budkavle.zip_files import unique_paths as unique_paths
    from budkavle.zip_files import write_zip as write_zip
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
