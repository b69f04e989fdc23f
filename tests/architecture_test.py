"""Checks the walls of the house: the include table of src/README.md, and who may know what."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
ANGLE_INCLUDE = re.compile(r"^\s*#\s*include\s+<([^>]+)>", re.MULTILINE)


def include_table():
    """Folder -> what it may include, from the table in src/README.md."""
    table = {}
    for line in (SRC / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) >= 5 and cells[1].isdigit():
            table[cells[2].strip("`")] = re.findall(r"`([^`]+)`", cells[3])
    return table


def sources():
    for path in sorted(SRC.rglob("*")):
        if path.suffix in (".h", ".cc") and path.parent != SRC:
            yield path, path.read_text()


class Architecture(unittest.TestCase):
    def test_every_folder_of_src_has_a_row(self):
        folders = {path.parent.name for path, _ in sources()}
        self.assertEqual(folders, set(include_table()))

    def test_includes_follow_the_table(self):
        table = include_table()
        for path, text in sources():
            folder = path.parent.name
            for include in INCLUDE.findall(text):
                target = include.split("/")[0]
                allowed = target == folder or target in table[folder] or include in table[folder]
                self.assertTrue(allowed, f"{path.relative_to(ROOT)} may not include {include}")

    def test_rows_only_name_folders_of_lower_layers(self):
        rows = list(include_table().items())
        for position, (folder, allowed) in enumerate(rows):
            above = {name for name, _ in rows[:position]}
            for entry in allowed:
                self.assertIn(entry.split("/")[0], above, f"{folder} includes upwards: {entry}")

    def test_only_script_knows_lua(self):
        for path, text in sources():
            for include in ANGLE_INCLUDE.findall(text):
                if re.fullmatch(r"(lua|lauxlib|lualib|luajit)\.(h|hpp)", include):
                    self.assertEqual(path.parent.name, "script", f"{path.relative_to(ROOT)}")

    def test_only_four_classes_have_pure_virtual_functions(self):
        found = set()
        for path, text in sources():
            for match in re.finditer(r"^class (\w+)[^;]*?\{(.*?)^\};", text, re.MULTILINE | re.DOTALL):
                if re.search(r"virtual [^;]*= 0;", match.group(2)):
                    found.add(match.group(1))
        self.assertEqual(found, {"Clock", "Vu", "Output", "StreamDecoder"})

    def test_every_unit_test_mirrors_a_source(self):
        for path in sorted((ROOT / "tests").glob("*/*_test.cc")):
            folder, name = path.parent.name, path.name.removesuffix("_test.cc")
            stems = {source.stem for source in (SRC / folder).glob("*.*")}
            # plan_k6_test.cc is a second file of tests for plan.cc.
            mirrors = name in stems or any(name.startswith(stem + "_") for stem in stems)
            self.assertTrue(mirrors, f"{path.relative_to(ROOT)} mirrors no file of src/{folder}")

    def test_native_functions_are_registered_and_documented_alike(self):
        stub = (ROOT / "lua/types/native.lua").read_text()
        documented = set(re.findall(r"^function native\.(\w+)", stub, re.MULTILINE))
        documented |= set(re.findall(r"^function [A-Z]\w+:(\w+)", stub, re.MULTILINE))
        registered = set()
        for path in (SRC / "script").glob("*.cc"):
            registered |= set(re.findall(r'\{"(\w+)", &guarded<', path.read_text()))
        self.assertEqual(registered, documented)


class Lua(unittest.TestCase):
    def test_every_module_is_embedded(self):
        listed = set(re.findall(r"(perigee/[\w/]+\.lua)", (SRC / "script/CMakeLists.txt").read_text()))
        present = {str(p.relative_to(ROOT / "lua")) for p in (ROOT / "lua/perigee").rglob("*.lua")}
        self.assertEqual(listed, present)

    def test_examples_are_short(self):
        for path in sorted((ROOT / "examples").glob("*.lua")):
            self.assertLessEqual(len(path.read_text().splitlines()), 60, path.name)


if __name__ == "__main__":
    unittest.main()
