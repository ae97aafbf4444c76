"""A passage's sentences, as the index parts them: see `indexer.sentences`."""

from indexer.sentences import Sentence, sentences_of

__all__ = ["Sentence", "sentences_of"]
