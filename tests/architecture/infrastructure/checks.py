"""Everything that can be found wrong with the deployment without Azure."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.architecture.infrastructure.containers import find_container_problems
from tests.architecture.infrastructure.monitoring import find_monitoring_problems
from tests.architecture.infrastructure.parameters import find_parameter_problems
from tests.architecture.infrastructure.posture import find_posture_problems
from tests.architecture.infrastructure.privacy import find_privacy_problems
from tests.architecture.infrastructure.project_files import find_project_file_problems
from tests.architecture.infrastructure.settings import find_settings_problems
from tests.architecture.infrastructure.templates import find_template_problems

type Check = Callable[[Path], Iterator[str]]
"""The problems in a project's folder, each with the place it is in."""

CHECKS: tuple[Check, ...] = (
    find_template_problems,
    find_parameter_problems,
    find_monitoring_problems,
    find_container_problems,
    find_posture_problems,
    find_privacy_problems,
    find_project_file_problems,
    find_settings_problems,
)
