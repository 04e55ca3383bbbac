"""The shared model and the notebook library. Imports nothing, so that the collector never loads pandas."""
