"""What editors are told of policies and configurations is what Gatepost takes."""

import glob
import json
import os
import re
import unittest

from peers import gatepost

try:
    import yaml
    from jsonschema import Draft7Validator
except ImportError:
    Draft7Validator = None

SAMPLES = os.path.join(gatepost.ROOT, "Tests", "PolicyTests", "Diagnostics")
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Broken samples that no schema can tell from sound ones: what is wrong with them shows beside other parts of the file.
BEYOND = {
    "duplicate names", "duplicate keys in braces", "texts", "rules that can never be reached",
    "rules behind one of the same conditions", "conditions that can never hold", "conditions in conditions without end",
    "a list with many entries that do not fit", "networks with bits behind their prefix", "comments that cut a text",
    "escapes that both YAML and patterns have", "a text that begins with an ampersand", "a merge key",
}


def read(*path):
    with open(os.path.join(gatepost.ROOT, *path), encoding="utf-8") as file:
        return file.read()


def is_configuration(document):
    return isinstance(document, dict) and "rules" not in document and "policy" not in document


def documents():
    """Every policy and configuration that the repository shows, with where it stands."""
    for folder in ("Policies", "Examples"):
        for path in sorted(glob.glob(os.path.join(gatepost.ROOT, folder, "**", "*.yaml"), recursive=True)):
            yield os.path.relpath(path, gatepost.ROOT), yaml.safe_load(read(path))
    for path in ["README.md"] + sorted(glob.glob(os.path.join(gatepost.ROOT, "Documentation", "*.md"))):
        for block in BLOCK.findall(read(path)):
            yield os.path.relpath(os.path.join(gatepost.ROOT, path), gatepost.ROOT), yaml.safe_load(block)


def samples():
    """The broken policies by which diagnostics are shown, with their names."""
    for path in sorted(glob.glob(os.path.join(SAMPLES, "*.txt"))):
        for case in read(path).split("\n=== ")[1:]:
            policy, said = case.split("\n---\n")
            name, text = policy.split("\n", 1)
            if re.search(r"^\d+:\d+: error: ", said, re.MULTILINE):
                yield name, text


@unittest.skipUnless(Draft7Validator, "needs jsonschema and PyYAML")
class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schemas = {}
        for subject in ("policy", "config"):
            schema = json.loads(gatepost.run("schema", subject).stdout)
            Draft7Validator.check_schema(schema)
            cls.schemas[subject] = Draft7Validator(schema)

    def problems(self, document):
        schema = self.schemas["config" if is_configuration(document) else "policy"]
        return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in schema.iter_errors(document)]

    def test_every_file_and_every_example_is_accepted(self):
        count = 0
        for path, document in documents():
            with self.subTest(path):
                self.assertEqual([], self.problems(document))
                count += 1
        self.assertGreater(count, 8)

    def test_every_broken_sample_is_rejected_that_can_be(self):
        rejected = 0
        for name, text in samples():
            try:
                document = yaml.safe_load(text)
            except yaml.YAMLError:
                continue
            with self.subTest(name):
                self.assertEqual(name in BEYOND, self.problems(document) == [])
                rejected += name not in BEYOND
        self.assertGreater(rejected, 20)

    def test_a_broken_configuration_is_rejected(self):
        sound = {
            "listeners": [{"name": "mx", "address": "0.0.0.0:25", "upstream": "mail"}],
            "upstreams": {"mail": {"servers": ["10.0.0.5:25"]}},
        }
        self.assertEqual([], self.problems(sound))
        for wrong in (
            {"listeners": []}, {"listeners": [{"name": "mx"}]}, {"upstreams": {}}, {"hostname": "a b"},
            {"limits": {"session": 5}}, {"limits": {"message": "5 MBs"}}, {"timeouts": {"command": 300}},
            {"log": {"level": "warn"}}, {"trace": "yes"}, {"policies": [5]}, {"polices": "a.yaml"},
            {"upstreams": {"mail": {"servers": "10.0.0.5:25"}}},
        ):
            with self.subTest(wrong):
                self.assertNotEqual([], self.problems({**sound, **wrong}))

    def test_what_an_editor_offers_has_a_description(self):
        actions = self.schemas["policy"].schema["definitions"]["actions"]["anyOf"][0]["anyOf"][1]["properties"]
        conditions = self.schemas["policy"].schema["definitions"]["condition"]["properties"]
        for name, value in {**actions, **conditions}.items():
            with self.subTest(name):
                self.assertIn("description", value)


if __name__ == "__main__":
    unittest.main()
