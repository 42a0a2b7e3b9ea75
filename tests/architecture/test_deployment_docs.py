"""What people read of a deployment is what the templates take."""

import json
import re

from tests.architecture.project_files import read

# azd asks for these, or fills them in itself.
ASKED_BY_AZD = {
    "AZURE_AI_DEPLOYMENTS_LOCATION",
    "AZURE_ENV_NAME",
    "AZURE_LOCATION",
    "AZURE_PRINCIPAL_ID",
}


def test_every_variable_of_a_deployment_is_explained() -> None:
    parameters = json.loads(read("infra/main.parameters.json"))["parameters"]
    taken = set(re.findall(r"\$\{(\w+)", json.dumps(parameters)))
    explained = set(re.findall(r"`(\w+)`", read("docs/deploy.md")))
    assert taken - ASKED_BY_AZD - explained == set()
