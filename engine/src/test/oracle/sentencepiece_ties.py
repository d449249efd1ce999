"""Writes what SentencePiece makes of texts, for vocabularies with equal scores and with and without a space before a text.

    python3 sentencepiece_ties.py > ../resources/tokenizer/sentencepiece.json

Trains a small BPE vocabulary on the sentences below, makes its scores coarse so that many are equal, and encodes texts
with SentencePiece itself. Needs the packages sentencepiece and protobuf.
"""
import io
import json
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as model_pb2

SENTENCES = [
    "the weighbridge weighs a load at the gate and lets it through",
    "every request is answered for: who asked, for what purpose, under which license",
    "a license name is not a key, a model family is not a key",
    "tokens are byte sequences that do not care about the parts of a document",
    "Grüße aus Köln und Ærø, señor; naïve café, 東京",
    "aaaa aaa aa a abab baba abba banana bandana",
    "hello hello hell held help helping helped",
] * 20


def main():
    trained = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_writer=trained, model_type="bpe", vocab_size=420, byte_fallback=True,
        character_coverage=1.0, normalization_rule_name="identity", remove_extra_whitespaces=False, minloglevel=2,
        bos_id=1, eos_id=2, unk_id=0, user_defined_symbols=["<x>"])
    cases = []
    for space in (True, False):
        model = model_pb2.ModelProto()
        model.ParseFromString(trained.getvalue())
        model.normalizer_spec.add_dummy_prefix = space
        for piece in model.pieces:
            if piece.type == model_pb2.ModelProto.SentencePiece.NORMAL:
                piece.score = -float(int(-piece.score) // 20)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())
        random.seed(3)
        texts = ["", "a", "aaaaa", "aaaaaaa", " hello", "hello  world", "banana\nbandana", "Grüße 東京 ☃"]
        words = " ".join(SENTENCES[:7]).split(" ") + ["  ", "ab", "ba", "zz", "é"]
        for _ in range(120):
            texts.append(random.choice(["", " "]).join(random.choice(words) for _ in range(random.randint(1, 8))))
        cases.append({"spaceFirst": space, "texts": [{"text": t, "ids": processor.encode(t)} for t in texts]})
    types = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6}
    print(json.dumps({
        "tokens": [piece.piece for piece in model.pieces],
        "scores": [piece.score for piece in model.pieces],
        "types": [types[piece.type] for piece in model.pieces],
        "cases": cases,
    }, ensure_ascii=False))


main()
