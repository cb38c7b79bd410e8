"""What `budkavle org move` prints: sentences, and nothing of the log between them."""

from dataclasses import replace

from tests.core.operations.moves.looking import OPERATOR

from budkavle.cli import organisations as command
from budkavle.operations.moves.moving import move


def test_each_step_is_a_sentence(organisation, platform, there, capsys):
    """Every line is one; a number of events stands behind a colon, so that it may be one."""
    done = move(platform, there, OPERATOR, organisation.id, tell=command._tell_step)
    command._tell_moved("habo", there.settings.base_url, done)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "Den andra installationen är förberedd.",
        "Filer kopierade",
        "Rader kopierade medan organisationen arbetar",
        "Organisationen är stängd. Det sista kopieras.",
        "Alla rader är desamma",
        "Organisationen arbetar inte längre här.",
        "Organisationen habo arbetar nu på http",
        "Händelseloggen är hel. Antal händelser",
        "Det som är kvar här är en kopia. Ta bort den med --remove när allt fungerar.",
    ]
    command._tell_moved("habo", there.settings.base_url, replace(done, left_files=True))
    assert "budkavle blobs sweep" in capsys.readouterr().out
