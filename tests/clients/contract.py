"""The OpenAPI document as a contract: what an operation answers is held against what the document says."""

import json

import jsonschema_rs


class Contract:
    """A document, and validators of its schemas."""

    def __init__(self, document):
        self.document = document
        self.validators = {}

    def operations(self):
        """`(method, path, operation)` in the order of the document."""
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield method, path, operation

    def validator(self, schema):
        """A validator of a schema of the document."""
        name = json.dumps(schema, sort_keys=True)
        if name not in self.validators:
            whole = {"$ref": "#/schema", "schema": schema, "components": self.document["components"]}
            self.validators[name] = jsonschema_rs.validator_for(whole)
        return self.validators[name]

    def named(self, name):
        """A validator of a schema of `components`."""
        return self.validator({"$ref": f"#/components/schemas/{name}"})

    def wrong(self, operation, status, media_type, body):
        """What is wrong with an answer; nothing where nothing is."""
        told = operation["responses"].get(str(status))
        if told is None:
            return f"the status {status} is not told of"
        media_type = media_type.split(";")[0].strip()
        if media_type not in told["content"]:
            return f"the media type {media_type} is not told of"
        schema = told["content"][media_type].get("schema")
        if schema is None:
            return None
        errors = list(self.validator(schema).iter_errors(json.loads(body)))
        return "; ".join(f"{list(e.instance_path)}: {e.message[:300]}" for e in errors[:5]) or None
