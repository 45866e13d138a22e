"Made by tools/readme.py from the cells marked `#| exports`. Do not edit."

from .base.core import set_seed as set_seed, environment as environment
from .base.settings import Settings as Settings, explain_settings as explain_settings, read_settings as read_settings, write_settings as write_settings
from .data.dataset import Dataset as Dataset
from .data.folders import from_folder as from_folder, from_archive as from_archive
from .data.tables import from_table as from_table
from .data.split import split as split, draw_counts as draw_counts
from .data.samples import sample as sample, open_data as open_data
from .data.image_batches import dataloaders as dataloaders
from .data.checks import check_images as check_images, check_texts as check_texts
from .model.models import model_info as model_info, models as models
from .model.backbones import backbone as backbone
from .model.groups import layer_groups as layer_groups, freeze_below as freeze_below, groups as groups
from .model.heads import replace_head as replace_head, fit_linear_probe as fit_linear_probe
from .model.causal_lm import generate as generate
from .model.fetch import fetch as fetch
from .analysis.feature_cache import feature_cache as feature_cache, clear_features as clear_features
from .analysis.label_quality import label_probabilities as label_probabilities
from .analysis.features import features as features
from .analysis.duplicates import near_duplicates as near_duplicates, check_duplicates as check_duplicates
from .analysis.label_checks import check_labels as check_labels, check_diversity as check_diversity, check_shortcuts as check_shortcuts
from .analysis.audit import audit as audit
from .analysis.shortlist import shortlist as shortlist
from .analysis.decisions import propose_decisions as propose_decisions, apply_decisions as apply_decisions
from .analysis.cached_activations import cache_activations as cache_activations
from .analysis.lm_eval import perplexity as perplexity
from .training.learning_rates import discriminative_lrs as discriminative_lrs
from .training.learner import learner as learner, lr_find as lr_find
from .training.recipe import Stage as Stage, recipe as recipe, explain_recipe as explain_recipe
from .training.runs import Run as Run, runs as runs
from .training.control import Replay as Replay
from .training.train import train as train
from .training.resume import resume as resume
from .training.loggers import TrackerCallback as TrackerCallback
from .evaluation.metrics import metrics_table as metrics_table
from .evaluation.compare import compare as compare, draw_differences as draw_differences
from .evaluation.baselines import baselines as baselines
from .evaluation.report import draw_confusion as draw_confusion, draw_mistakes as draw_mistakes
from .deploy.artefact import save as save, Artefact as Artefact, load as load
from .panels.data_panel import DataPanel as DataPanel
from .panels.train_panel import TrainPanel as TrainPanel
from .panels.model_panel import ModelPanel as ModelPanel
from .panels.groups_panel import GroupsPanel as GroupsPanel
from .panels.report_panel import ReportPanel as ReportPanel
from .panels.studio import Studio as Studio

__version__: str
__all__ = [
    'Artefact',
    'DataPanel',
    'Dataset',
    'GroupsPanel',
    'ModelPanel',
    'Replay',
    'ReportPanel',
    'Run',
    'Settings',
    'Stage',
    'Studio',
    'TrackerCallback',
    'TrainPanel',
    'apply_decisions',
    'audit',
    'backbone',
    'baselines',
    'cache_activations',
    'check_diversity',
    'check_duplicates',
    'check_images',
    'check_labels',
    'check_shortcuts',
    'check_texts',
    'clear_features',
    'compare',
    'dataloaders',
    'discriminative_lrs',
    'draw_confusion',
    'draw_counts',
    'draw_differences',
    'draw_mistakes',
    'environment',
    'explain_recipe',
    'explain_settings',
    'feature_cache',
    'features',
    'fetch',
    'fit_linear_probe',
    'freeze_below',
    'from_archive',
    'from_folder',
    'from_table',
    'generate',
    'groups',
    'label_probabilities',
    'layer_groups',
    'learner',
    'load',
    'lr_find',
    'metrics_table',
    'model_info',
    'models',
    'near_duplicates',
    'open_data',
    'perplexity',
    'propose_decisions',
    'read_settings',
    'recipe',
    'replace_head',
    'resume',
    'runs',
    'sample',
    'save',
    'set_seed',
    'shortlist',
    'split',
    'train',
    'write_settings',
]
