"""Fine-tune pretrained image and text models in notebooks: see why, and get the best model your data can give

Modules:

- `finetune_nb.analysis.audit`: One call finds duplicates, leaks, conflicting duplicates, possible label errors, rare classes and outliers before training
- `finetune_nb.analysis.cached_activations`: Activations of frozen layers are computed once, and only the layers above them run in each epoch
- `finetune_nb.analysis.decisions`: Keep, drop, relabel or move the items of a finding, by a table that you edit; no file is deleted
- `finetune_nb.analysis.duplicates`: Items that are the same, or nearly the same, are found by bytes, by features and by pattern, also across splits and labels
- `finetune_nb.analysis.feature_cache`: Rows of features in files that cannot be mistaken for others, survive a killed process and are limited in size
- `finetune_nb.analysis.feature_extraction`: Embeddings of each item from a frozen backbone, in the memory format and batch size that are fastest on this machine
- `finetune_nb.analysis.features`: Feature extraction: embeddings of each item are computed once, stored on disk, and reused
- `finetune_nb.analysis.label_checks`: Labels that are probably wrong, classes with few or similar items, and file statistics that predict the label
- `finetune_nb.analysis.label_quality`: k-nearest neighbors and leave-one-out ridge regression estimate how probable each given label is
- `finetune_nb.analysis.lm_eval`: The loss of each text, perplexity with its confidence interval, and sample prompts for text generation
- `finetune_nb.analysis.shortlist`: Pretrained models are ranked on your data, with cost and confidence interval, before any training
- `finetune_nb.base.core`: Random seeds, errors with suggestions, atomic file writes, threads, and a table of the environment
- `finetune_nb.base.draw`: A matplotlib figure that is displayed as the last value of a cell
- `finetune_nb.base.images`: Any image file becomes an upright RGB image, or a reason why it cannot be read
- `finetune_nb.base.settings`: All hyperparameters and options of a run in one object, each with its meaning and a reason to change it
- `finetune_nb.cli.app`: One command for each step; every flag is a key of `Settings`
- `finetune_nb.data.checks`: File and text statistics find dark, blurred, unreadable or foreign-language items without a model
- `finetune_nb.data.csv_files`: The delimiter and quotes of a CSV file are found by parsing it, and rows that do not fit its header are rejected
- `finetune_nb.data.dataset`: One table of items with class names, splits and groups, read from a folder, a table or an archive
- `finetune_nb.data.folders`: A folder with one subfolder for each label, or a zip or tar file of one, becomes a `Dataset`; no file is changed
- `finetune_nb.data.image_batches`: Images are decoded once, kept as bytes, and resized and augmented by the batch, with the model's preprocessing
- `finetune_nb.data.label_values`: Labels in a column are class names as they were written, lists of labels, or numbers to predict
- `finetune_nb.data.packing`: Several texts share one row of tokens, and attention does not cross from one to the next
- `finetune_nb.data.samples`: Two real, uncleaned data sets in the package, with checked hashes
- `finetune_nb.data.split`: Groups and exact duplicates stay in one split, classes keep their proportions, and class weights correct class imbalance
- `finetune_nb.data.tables`: Each row of a table becomes an item with its label, its split and its group
- `finetune_nb.data.text_batches`: Texts become token ids, and batches hold texts of similar length, so that little padding is computed
- `finetune_nb.deploy.artefact`: A trained model as a folder of safetensors and JSON, loaded without pickle and without fastai
- `finetune_nb.deploy.inputs`: Paths, folders, images in memory, texts and pairs become items, each with its place in the table of predictions
- `finetune_nb.evaluation.baselines`: The metrics of a constant prediction and of a linear model on thumbnails or TF-IDF, for comparison with a model
- `finetune_nb.evaluation.compare`: A paired comparison on the same items: is the second run better, or is it chance?
- `finetune_nb.evaluation.metrics`: scikit-learn's metrics of each task, each with a bootstrap confidence interval
- `finetune_nb.evaluation.report`: `run.report()` evaluates a run on its validation or test split and writes one HTML file
- `finetune_nb.model.backbones`: `backbone` loads a pretrained timm or transformers model from a package, the cache, a file or the Hub
- `finetune_nb.model.causal_lm`: A causal language model such as GPT is fine-tuned with its own last layer and generates text
- `finetune_nb.model.fetch`: A model that is not on this machine is downloaded once; its size is logged first
- `finetune_nb.model.groups`: Named layer groups, input side first, and freezing that also stops dropout and batch-norm statistics
- `finetune_nb.model.heads`: A new head for text or image classification, fitted as a linear probe by logistic regression
- `finetune_nb.model.models`: Model info of each backbone: input size, parameters, cost, licence, and where its weights are
- `finetune_nb.model.trained`: A saved model or a run is the start of another training: labels that stay keep their row of the head
- `finetune_nb.panels.data_panel`: Look at the items of each finding, keep, drop, relabel or move them with a click, undo, and save the decisions
- `finetune_nb.panels.groups_panel`: Which layer groups are trained, at what learning rate, and with how many parameters
- `finetune_nb.panels.model_panel`: Search pretrained models, compare expected accuracy and cost on your data, and choose
- `finetune_nb.panels.report_panel`: Metrics with confidence intervals, a confusion matrix that shows its items, and two runs side by side
- `finetune_nb.panels.run_view`: The loss curve, metrics, events and trainable layer groups of a run, read from its folder while it grows
- `finetune_nb.panels.studio`: From your folder to a report, on one page of panels
- `finetune_nb.panels.theme`: One style sheet, light and dark, and charts as plain SVG
- `finetune_nb.panels.train_panel`: Set up a training, start it, watch it, change its learning rate, unfreeze and stop; every click is a line of Python
- `finetune_nb.training.checkpoints`: The complete state of a training on disk, so that a resumed training gives the same weights
- `finetune_nb.training.control`: Pause, stop, unfreeze or change the learning rate of a running training, and replay it with all commands
- `finetune_nb.training.learner`: Data, model, layer groups and learning rates become a fastai `Learner`
- `finetune_nb.training.learning_rates`: One learning rate for each layer group: small near the input, large at the new head
- `finetune_nb.training.loggers`: A callback sends the losses, metrics and settings of a run to an experiment tracker
- `finetune_nb.training.recipe`: A training is a list of Stages: trainable layer groups, learning rates, epochs and early stopping
- `finetune_nb.training.refit`: After the choice of epoch and interpolation, the training is repeated with the validation items
- `finetune_nb.training.resume`: Continue a killed, stopped or failed run from its newest checkpoint
- `finetune_nb.training.runs`: The record of one training: settings, metrics, events and best weights in a folder
- `finetune_nb.training.stages`: One Stage of a training: learning rate schedule, early stopping, the weights of the best epoch
- `finetune_nb.training.train`: Train all Stages of a recipe and keep the weights of the best epoch, however the training ends"""

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
