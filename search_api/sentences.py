"""A passage's sentences, as the index parts them: see `indexer.text.sentences`."""

from indexer.text.sentences import Sentence, sentences_of

__all__ = ["Sentence", "sentences_of"]
