"""Jobs about the environment itself."""
import importlib


def verify(args):
    """Imports every module named and says which fail, with the reason."""
    failed = {}
    for name in args["modules"]:
        try:
            importlib.import_module(name)
        except BaseException as error:
            failed[name] = f"{type(error).__name__}: {error}"
    return {"failed": failed}
