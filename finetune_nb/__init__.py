"""Fine-tune pretrained image and text models in notebooks: see why, and get the best model your data can give

Modules:

- `finetune_nb.analysis.audit`: What is wrong with my data, found in one call, before anything is trained
- `finetune_nb.analysis.cached_activations`: What stands still below the border of learning is computed once, and the rest learns from that
- `finetune_nb.analysis.decisions`: What is done about a finding is decided by a person, kept in a table, and never by deleting a file
- `finetune_nb.analysis.features`: A frozen body sees each item once; what it saw is kept, and everything after that is cheap
- `finetune_nb.analysis.label_quality`: What the items around it, and a rule that was learned without it, say of the label of each item
- `finetune_nb.analysis.lm_eval`: The loss of each text, perplexity with its interval, and beginnings to go on from
- `finetune_nb.analysis.shortlist`: Which pretrained model suits my data, and what does it cost, before anything is trained
- `finetune_nb.base.core`: What every room leans on: seeds, errors that help, files that are never half written, threads that help, and a report of the machine
- `finetune_nb.base.draw`: A figure that shows itself, wherever it is the last line of a cell
- `finetune_nb.base.images`: Any picture file becomes the same thing, an upright RGB image, or a reason why not
- `finetune_nb.base.settings`: All the choices of a run in one object, with the reason of each beside it
- `finetune_nb.cli.app`: The same verbs in a terminal; every flag is a key of `Settings`
- `finetune_nb.data.checks`: What can be said of pictures and texts without a model, and which of them look wrong
- `finetune_nb.data.dataset`: Any folder, table or archive becomes one table of items; nothing is copied or changed
- `finetune_nb.data.image_batches`: Pictures decoded once, kept as bytes, cut and turned by the batch
- `finetune_nb.data.packing`: Texts to be written, several in a row of tokens, none seeing its neighbour
- `finetune_nb.data.samples`: Two real data sets that nobody cleaned, in the package, checked each time
- `finetune_nb.data.split`: Learn from one part, choose by a second, judge by a third, and let no item stand in two
- `finetune_nb.data.text_batches`: Texts as numbers of tokens, those of like length together
- `finetune_nb.deploy.artefact`: What one ships: safetensors and JSON, loaded without pickle and without fastai
- `finetune_nb.evaluation.compare`: Is the second run better, or was it lucky? The same items, drawn again and again, answer
- `finetune_nb.evaluation.metrics`: A number with its interval, beside what anybody gets for nothing
- `finetune_nb.model.causal_lm`: A GPT with its own last layer, taught by packed rows of tokens
- `finetune_nb.model.fetch`: What is not here, brought once, after its size was said
- `finetune_nb.model.groups`: Named groups of layers, input side first, and freezing that really freezes
- `finetune_nb.model.heads`: A new last part for the labels at hand
- `finetune_nb.model.models`: What each model expects, costs and needs, and its weights from where they are
- `finetune_nb.panels.data_panel`: Look at what was found, decide with one click, take it back, and lose nothing when the filter changes
- `finetune_nb.panels.groups_panel`: Which layers learn, how fast, and how many parameters that is, on one ladder
- `finetune_nb.panels.model_panel`: Search the catalogue, see what is likely to be right on your data and what it costs, and choose
- `finetune_nb.panels.report_panel`: Figures with their intervals, the confusion that shows its items when it is clicked, and two runs side by side
- `finetune_nb.panels.studio`: All panels on one page: from a folder of one's own to a report
- `finetune_nb.panels.theme`: One style, light and dark, and charts as plain SVG
- `finetune_nb.panels.train_panel`: Choose, train, watch, slow down, unfreeze and stop, with every click as a line of Python
- `finetune_nb.training.checkpoints`: The whole state of a training on disk, so that it can go on to the last bit
- `finetune_nb.training.control`: Pause, slow down, unfreeze or stop a training while it goes on, and repeat it later with all that was done
- `finetune_nb.training.learner`: Data, model, groups and rates become a real fastai `Learner`
- `finetune_nb.training.learning_rates`: One step size for each layer group: small near the input, large at the new head
- `finetune_nb.training.loggers`: The same curves in TensorBoard, MLflow or trackio, for those who look there
- `finetune_nb.training.recipe`: A training is a list of Stages: who learns, how fast, and when to stop
- `finetune_nb.training.resume`: A run that was killed, stopped or broken is taken up where it was
- `finetune_nb.training.runs`: What happened in one training, in a folder that can be read while it runs
- `finetune_nb.training.stages`: Steps at the right rate, the best epoch kept, a fall of the rate instead of a cut
- `finetune_nb.training.train`: Trains through all Stages, keeps the best weights whatever ends it"""

__version__ = "0.1.0"

from difflib import get_close_matches as _get_close_matches
import lazy_loader as _lazy
from ._help import document as _document

_load, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)         # __init__.pyi lists the public names

# What other libraries call it
_elsewhere = dict(
    from_df='from_table', from_csv='from_table', from_dataframe='from_table', from_path='from_folder',
    list_models='models', create_model='backbone', fit='train', fine_tune='train', evaluate='Run',
    export_learner='save', load_learner='load', vision_learner='learner', text_learner='learner',
    train_test_split='split', find_label_issues='check_labels', lr_finder='lr_find',
)


def __getattr__(name):
    if name in __all__:
        globals()[name] = value = _document(_load(name))
        return value
    if name.startswith('__'):
        raise AttributeError(name)
    near = _elsewhere.get(name) or ' or '.join(_get_close_matches(name, __all__, 3))
    hint = f'Did you mean {near}? ' if near else ''
    raise AttributeError(f'finetune_nb has no name {name!r}. {hint}dir(finetune_nb) lists all of them.')
