"""Fine-tune pretrained image and text models in notebooks.

Every public name of every module is found here and imported when it is first used, so that `import finetune_nb`
costs milliseconds and brings no torch. The table of names is nbdev's own index, `_modidx.py`."""
__version__ = "0.1.0"

from importlib import import_module
from ._modidx import d as _index


def _read_index(syms):
    "Where each public name lives, and which modules add methods to it"
    homes, helpers = {}, {}
    for module, names in syms.items():
        for name in names:
            top, _, method = name[len(module) + 1:].partition('.')
            if top.startswith('_'): continue
            if not method: homes[top] = module
            elif f'{module}.{top}' not in names: helpers.setdefault(top, set()).add(module)
    return homes, {homes[name]: sorted(modules) for name, modules in helpers.items() if name in homes}


_homes, _helpers = _read_index(_index['syms'])
__all__ = sorted(_homes)


def __getattr__(name):
    if name not in _homes: raise AttributeError(f"finetune_nb has no name {name!r}; dir(finetune_nb) lists all of them")
    home = _homes[name]
    for module in [home, *_helpers.get(home, [])]: import_module(module)
    globals()[name] = value = getattr(import_module(home), name)
    return value


def __dir__(): return sorted([*globals(), *__all__])
