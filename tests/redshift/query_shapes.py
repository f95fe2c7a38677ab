# SPDX-License-Identifier: Apache-2.0
"""Whether the names in a form of the Query API are those that botocore would send."""


def unknown_names(model, form):
    shape, is_ec2 = model.operation_model(form["Action"]).input_shape, model.metadata["protocol"] == "ec2"
    names = [name for name in form if name not in ("Action", "Version")]
    wrong = [name for name in names if not shape or not is_known(shape, name.split("."), is_ec2)]
    return wrong + ([] if form["Version"] == model.metadata["apiVersion"] else [f"Version {form['Version']}"])


def is_known(shape, parts, is_ec2):
    if shape.type_name == "structure":
        members = {name_of(name, member, is_ec2): member for name, member in shape.members.items()}
        return bool(parts) and parts[0] in members and is_known(members[parts[0]], parts[1:], is_ec2)
    if shape.type_name == "list":
        is_flat = is_ec2 or shape.serialization.get("flattened")
        prefix = [] if is_flat else [shape.member.serialization.get("name", "member")]
        number, rest = parts[len(prefix) : len(prefix) + 1], parts[len(prefix) + 1 :]
        return parts[: len(prefix)] == prefix and bool(number) and number[0].isdigit() and is_known(shape.member, rest, is_ec2)
    return not parts


def name_of(name, member, is_ec2):
    """As botocore's serializers choose it; a flat list is named after its members."""
    serialization = member.serialization
    if is_ec2:
        named = serialization.get("name")
        return serialization.get("queryName") or (named[0].upper() + named[1:] if named else name)
    if member.type_name == "list" and serialization.get("flattened"):
        return member.member.serialization.get("name", serialization.get("name", name))
    return serialization.get("name", name)
