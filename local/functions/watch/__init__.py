"""--watch: the host starts again when a source file of its app changes."""
