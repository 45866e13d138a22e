"""The markers of the tests

Each test is exactly one of unit, notebook and browser. A test that takes more than about five seconds
is slow, too. `python -m pytest -m "not slow and not browser"` runs the others."""
from pathlib import Path
import pytest

here = Path(__file__).parent
collected = pytest.StashKey[list]()         # all tests that were found, before any is deselected

slow_files = {'test_control', 'test_download', 'test_faults', 'test_features', 'test_kernel',
              'test_mirrors', 'test_predict', 'test_continue', 'test_surface', 'test_refit', 'test_priors'}  # real trainings, killed processes, servers and kernels
slow_tests = {
    'test_bad_input': ['test_folder_that_disappears_during_a_run',
                       'test_interrupt_in_each_phase_keeps_the_best', 'test_loss_that_is_no_number'],
    'test_commands': ['test_columns_of_a_table_by_flags', 'test_ctrl_c_keeps_the_best',
                      'test_doctor_and_models', 'test_the_same_settings_file_gives_the_same_numbers',
                      'test_train_report_predict', 'test_wrong_use_is_answered'],
    'test_groups': ['test_frozen_groups_keep_weights_and_buffers'],
    'test_panels': ['test_a_label_that_is_a_page_is_shown_as_text',
                    'test_a_run_without_predictions_is_an_error_in_the_panel',
                    'test_a_studio_finds_the_training_that_goes_on', 'test_the_code_keeps_seed_and_split'],
    'test_text': ['test_a_run_and_its_artefact_answer_alike_without_fastai',
                  'test_a_shortlist_of_texts_leaves_out_what_is_not_here',
                  'test_fastai_shows_a_batch_results_and_top_losses',
                  'test_kept_features_are_those_of_the_live_model',
                  'test_several_labels_and_numbers_of_texts_train_and_are_reported',
                  'test_transformers_reads_an_artefact_with_own_pooling'],
    'test_tools': ['test_a_new_room_passes_the_tests_of_form_and_runs'],
    'test_writing': ['test_a_run_learns_and_says_by_how_much',
                     'test_an_artefact_answers_as_the_learner_and_transformers_reads_it',
                     'test_an_artefact_of_a_writer_needs_no_fastai',
                     'test_same_settings_give_the_same_numbers',
                     'test_the_command_line_trains_and_writes',
                     'test_validation_loss_is_the_mean_over_tokens_and_perplexity_its_exponential'],
}
quick_tests = {                             # of those above
    'test_features': ['test_logits_of_kept_features_are_those_of_the_live_model[resnet18]',
                      'test_constant_features_break_nothing',
                      'test_a_head_that_wraps_the_body_is_refused_in_words'],
    'test_commands': ['test_wrong_use_is_answered[words1-between 1]'],
    'test_groups': ['test_frozen_groups_keep_weights_and_buffers[resnet18]',
                    'test_frozen_groups_keep_weights_and_buffers[convnext_atto]',
                    'test_frozen_groups_keep_weights_and_buffers[vit_tiny_patch16_224]'],
}
quick_pages = {'00_core', '01_draw', '02_settings', '03_images', '10_dataset', '10a_folders', '10b_csv_files', '10c_label_values', '10d_tables', '11_split', '60_inputs',
               '16_checks', '40_learning_rates', '42_recipe', '43_runs'}      # other notebooks are slow


def kind_of(item):
    "Which kind of test this is: unit, notebook or browser"
    if here/'browser' in item.path.parents or {'browser', 'lab'} & set(item.fixturenames):
        return 'browser'
    return 'notebook' if item.path.stem == 'test_notebooks' else 'unit'


def is_slow(item):
    "Does this test take more than about five seconds?"
    file, names = item.path.stem, {item.name, item.originalname}
    if kind_of(item) == 'notebook':
        page = item.callspec.params.get('page') if hasattr(item, 'callspec') else None
        return page is not None and page.stem not in quick_pages
    if names & set(quick_tests.get(file, ())):
        return False
    return file in slow_files or bool(names & set(slow_tests.get(file, ()))) or kind_of(item) == 'browser'
