"""Writes src/test/resources/minilm/minilm-embeddings.json: embeddings of all-MiniLM-L6-v2 by Hugging Face transformers in float32, for
texts of ours of many lengths and languages, each computed alone.

    python minilm_reference.py FOLDER > minilm-embeddings.json      FOLDER: the checkpoint

Written with torch 2.7.1, transformers 5.24.0. Values are rounded to seven digits, which changes a cosine by less than 1e-12.
"""

import json
import sys

import torch
from transformers import AutoModel, AutoTokenizer

MAX_TOKENS = 256

TEXTS = [
    "a", "Hello", "ship", "42", "?", "The weighbridge is closed.", "Where does this road go?", "She counted the crates twice.",
    "A truck of gravel weighs more than it looks.", "Rain fell on the harbor all night and the cranes stood still.",
    "Das Schiff liegt seit gestern im Hafen.", "Der Zug nach Köln hält heute nicht in Düren.", "Wo ist der nächste Bahnhof?",
    "Le pont est fermé jusqu'à demain matin.", "Où avez-vous rangé les clés du dépôt ?", "L'été dernier, la rivière était presque à sec.",
    "El camión llegó tarde a la báscula.", "¿Cuánto pesa una tonelada de arena mojada?", "Mañana hablaremos con el conductor.",
    "Il ponte sul fiume è stretto.", "O navio partiu antes do amanhecer.", "De brug gaat om zeven uur open.",
    "Most jest zamknięty z powodu wiatru.", "Мост закрыт до утра.", "Сколько весит грузовик с песком?", "Η γέφυρα είναι κλειστή.",
    "الجسر مغلق حتى الصباح", "הגשר סגור עד הבוקר", "पुल सुबह तक बंद है।", "橋は朝まで通れません。", "这座桥要到早上才开放。", "다리는 아침까지 닫혀 있습니다.",
    "สะพานปิดจนถึงเช้า", "Cây cầu đóng cửa đến sáng.", "köprü sabaha kadar kapalı", "Silta on suljettu aamuun asti.",
    "UPPER CASE AND lower case", "  spaces   in\tmany\n places ", "naïve café résumé", "e\u0301 is é in two parts", "emoji \U0001F69A and \U0001F6A2",
    "def weigh(load):\n    return sum(axle.weight for axle in load.axles)", "SELECT count(*) FROM trucks WHERE weight > 40000;",
    "https://example.org/bridges?id=7#top", "{\"weight\": 12.5, \"unit\": \"t\"}", "1,234.56 kg + 7.8e3 kg = ?",
    "pneumonoultramicroscopicsilicovolcanoconiosis", "x" * 120, "-" * 40, "[CLS] is written in the text [SEP]",
]
SENTENCES = [
    "The scale at the north gate was built when carts still came down from the quarry.",
    "Every driver knows the sound of the plate when the front axle rolls on.",
    "A clerk writes down the number, the hour and the name of the firm.",
    "If the load is too heavy, part of it stays in the yard until evening.",
    "Nobody argues with the needle, though many would like to.",
    "In winter the plate freezes and must be salted before the first truck.",
    "The harbor office asks for the lists once a month and never reads them.",
    "Some firms pay by the ton, others by the trip, and one in apples.",
]
for count in (2, 3, 4, 5, 6, 8, 10, 12, 18):
    TEXTS.append(" ".join(SENTENCES[(count + i) % len(SENTENCES)] for i in range(count)))


def main():
    folder = sys.argv[1]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    cases = []
    for text in TEXTS:
        ids = tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        with torch.no_grad():
            hidden = model(input_ids=ids["input_ids"], attention_mask=torch.ones_like(ids["input_ids"])).last_hidden_state
        vector = torch.nn.functional.normalize(hidden.mean(1), dim=1)[0]
        cases.append({"text": text, "tokenIds": ids["input_ids"][0].tolist(), "embedding": [float("%.7g" % v) for v in vector]})
    print("[")
    print(",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases))
    print("]")


if __name__ == "__main__":
    main()
