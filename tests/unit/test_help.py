#!/usr/bin/env python3
"""Help and news say the same in both languages, as far as a machine can see."""
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = os.path.join(ROOT, "ui", "pages")


def text(*path):
    with open(os.path.join(PAGES, *path), encoding="utf-8") as f:
        return f.read()


def shape(page):
    """Tags in their order with ids and keys: what a reader of the other language must find, too."""
    keys = [k for k in re.findall(r"<kbd>([^<]*)</kbd>", page) if len(k) == 1]
    return re.findall(r"<(section|h2|h3|dt|li|dd)\b", page), re.findall(r' id="([^"]*)"', page), keys


class Help(unittest.TestCase):
    def test_both_languages_have_the_same_parts(self):
        for name in ("help", "news"):
            self.assertEqual(shape(text("guide", name + "_de.liquid")), shape(text("guide", name + "_en.liquid")))

    def test_what_a_hint_leads_to_is_there(self):
        ids = set(shape(text("guide", "help_de.liquid"))[1])
        asked = set()
        for folder, _, leaves in os.walk(PAGES):
            for leaf in leaves:
                page = text(os.path.relpath(os.path.join(folder, leaf), PAGES))
                asked |= set(re.findall(r"(?:more|hint_more): '([a-z]+)'", page))
        self.assertTrue(asked)
        self.assertEqual(asked - ids, set())


if __name__ == "__main__":
    unittest.main()
