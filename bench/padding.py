"""What is the share of padding in text batches?

    python bench/padding.py [batch size, 32]

The sample packages, tokenized by MiniLM: random batches padded to their longest text, as transformers' `DataCollatorWithPadding` does,
against batches of texts of similar length. The share is the fraction of tokens that are padding."""
import platform, random, sys, warnings
import pandas as pd, torch
import finetune_nb as ft
from finetune_nb.data.text_batches import TextPreprocessing, TokenizedTexts, padding_fraction
from transformers import AutoTokenizer, DataCollatorWithPadding

warnings.filterwarnings('ignore')


def theirs(items, folder, max_length, bs, order):
    "The fraction of padding with transformers' collator"
    tok, read, filled = AutoTokenizer.from_pretrained(folder), 0, 0
    collate = DataCollatorWithPadding(tok)
    for i in range(0, len(order), bs):
        batch = collate([tok(items[k], truncation=True, max_length=max_length) for k in order[i:i + bs]])
        read += batch['attention_mask'].numel()
        filled += (batch['attention_mask'] == 0).sum().item()
    return filled / read


def main(bs=32):
    data, card = ft.sample('packages'), ft.model_info('all-MiniLM-L6-v2')
    texts = TokenizedTexts(list(data.frame['item']), TextPreprocessing(card.tokenizer, card.max_length))
    rows = []
    for seed in range(5):
        order = list(range(len(texts)))
        random.Random(seed).shuffle(order)
        arranged = texts.arrange(order, bs, random.Random(seed))
        rows.append({'ours': padding_fraction(texts.lengths[arranged], bs), 'transformers': theirs(texts.items, card.tokenizer, card.max_length, bs, order)})
    print(f'Python {platform.python_version()}, torch {torch.__version__}, batches of {bs}')
    print(pd.DataFrame(rows).agg(['mean', 'min', 'max']).round(4).to_string())


if __name__ == '__main__': main(*map(int, sys.argv[1:]))
