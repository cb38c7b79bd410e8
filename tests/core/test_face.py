"""The face holds still: what a plugin may import is written down here, and changes only on purpose."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import budkavle
from budkavle.host import Host

NAMES = """
Accepted Actor ActorScope Address Advice Adviser Attachment Backoff Bounds BudkavleError Capabilities Case CaseEvent
CaseFilter CaseState CaseView Conflict Delegation Delivery DeliveryEvent DeliveryState Direction Directory Draft Entry
Evidence Fact Failed Fault Field File FindsMany Forbidden Form Frame FunctionMailbox Guest GuestActor GuestOf Health
HealthCheck Host Identity IdentityProvider Incoming IncomingState Invalid Job KeepsFavourites KnowsSenders Limit
Listing Loa MailboxKind MaybeAsync Member Message Misconfigured Newcomer NotFound NotSignedIn NotYet Organisation
Outcome Outgoing Page Panel Peek Permanent Person Platform Poll Prompt ProviderTraits Purpose QueryFile Reason Receipt
ReceiptHandler ReceiptResult ReceiptToSend ReceiptWords Redirect Reference Refusal Role SaysStates Scope SenderCheck
Sent Standing StateWords Statement Step StepUp SystemActor TakesBack Temporary Terms TooLarge Transport Unavailable
User UserActor Visitor WebRequest Window Work accept add_members admit_guest all_mailboxes all_organisations
allow_body answer_as_guest as_uuid bin_case bounded call check_outside_url check_token close counts create_mailbox
create_organisation create_user delegate delete_mailbox discard_attachment dismiss_guest end_delegation
enter_organisation find_mailbox find_message find_messages find_organisation find_user guest_methods guest_page
hookimpl hookspec identify_guest identity_accounts identity_secret keep_identity_secret link_identity
linked_identities list_boxes list_cases list_delegations list_sent mark_read mark_unread members newcomer note_fact
open_attachment open_guest_file open_guest_message outside_client peek personal_number phone_number plugin_page prefer
read_case read_evidence read_multipart read_preferences recall receipt record refuse release remove_members reopen
require_admin require_manager require_member require_platform restore retry search_cases search_users send
set_administrator standing store_attachment take take_over told translations update_mailbox update_organisation
update_user within_limit
"""
FACE = NAMES.split()


@pytest.mark.feature("PL2")
def test_the_face_has_these_names_and_no_others() -> None:
    """A name that leaves the face breaks somebody's plugin; a new one is a promise."""
    assert sorted(budkavle.__all__) == sorted(FACE)


@pytest.mark.parametrize("name", FACE)
def test_each_name_is_its_modules_own(name: str) -> None:
    """The face hands out the thing itself and no copy."""
    module, own = budkavle._FOUND[name]
    thing = getattr(budkavle, name)
    assert thing is getattr(sys.modules[f"budkavle.{module}"], own)


def test_the_checker_sees_what_runs() -> None:
    """The imports for the type checkers and the table for the run name the same things of the same modules."""
    tree = ast.parse(Path(budkavle.__file__).read_text(encoding="utf-8"))
    checked = next(node for node in tree.body if isinstance(node, ast.If)).body
    seen = {
        alias.asname or alias.name: (node.module.removeprefix("budkavle."), alias.name)
        for node in checked
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    assert seen == budkavle._FOUND


def test_a_strange_name_is_told_as_python_does() -> None:
    """A misspelt name is an ImportError with the name in it."""
    with pytest.raises(ImportError, match="hookimp"):
        exec("from budkavle import hookimp")  # noqa: S102 (an import statement is what is tested)


def test_importing_the_face_brings_nothing_along() -> None:
    """The command line starts quickly: no database, web or crypto is imported before it is asked for."""
    heavy = "('sqlalchemy', 'litestar', 'msgspec')"
    code = f"import sys, budkavle; print([m for m in sys.modules if m.split('.')[0] in {heavy}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_host_stays_small() -> None:
    """At most twelve public members, so that it never becomes a second platform."""
    public = {name for name in {*vars(Host), *Host.__annotations__, "settings", "log"} if not name.startswith("_")}
    assert public == {
        "settings", "data", "log", "platform", "vault", "transaction", "accept", "refuse", "receipt", "system",
        "work", "tables",
    }  # fmt: skip
    assert len(public) <= 12
