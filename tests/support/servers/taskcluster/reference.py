"""Where the recorded Taskcluster material is: schemas, transcripts, signing vectors. None when it is not there."""
import os

PROJECT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))
VARIABLE = "AF_TASKCLUSTER_DATA"


def reference_folder():
    """$AF_TASKCLUSTER_DATA, else shared/taskcluster beside the project or one folder up."""
    beside = [os.path.join(PROJECT, *up, "shared", "taskcluster") for up in ([os.pardir], [os.pardir] * 2)]
    for folder in [os.environ[VARIABLE]] if VARIABLE in os.environ else beside:
        if os.path.isdir(folder):
            return os.path.abspath(folder)
    return None


def schemas_file():
    folder = reference_folder()
    path = os.path.join(folder, "schemas.json") if folder else ""
    return path if os.path.isfile(path) else None
