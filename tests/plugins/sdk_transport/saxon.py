"""Saxon, in a process of its own: it takes a question a line, as JSON, and gives an answer a line.

Its virtual machine is not told of Python's threads: where the collector frees one of its objects in another thread than
the one that made it, as may happen in any test long after, it ends the whole process without a word.

`{"stylesheet": "..."}` is answered by its number, `{"by": number, "document": "..."}` by what the stylesheet writes, or
by null where Saxon cannot read the document.
"""

import json
import sys

from saxonche import PySaxonApiError, PySaxonProcessor


def main() -> None:
    """Answer until the input ends."""
    saxon = PySaxonProcessor(license=False)
    programs = []
    for line in sys.stdin:
        asked, answer = json.loads(line), None
        if "stylesheet" in asked:
            programs.append(saxon.new_xslt30_processor().compile_stylesheet(stylesheet_text=asked["stylesheet"]))
            answer = len(programs) - 1
        else:
            try:
                node = saxon.parse_xml(xml_text=asked["document"])
                answer = programs[asked["by"]].transform_to_string(xdm_node=node) or ""
            except PySaxonApiError:
                pass
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
