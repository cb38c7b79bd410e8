"""What the pages of files share."""

from budkavle import Host, Work
from budkavle_files.tree import rights
from budkavle_files.tree.store import find_entries
from budkavle_files.tree.things import Entry


def breadcrumbs(host: Host, work: Work, entry: Entry) -> list[Entry]:
    """Return the catalogues above an entry that the actor may read, the top first."""
    above = {each.id: each for each in find_entries(host, work, entry.path)} if entry.path else {}
    ordered = [above[each] for each in entry.path if each in above]
    return [each for each in ordered if rights.role_in(host, work, each) is not None]
