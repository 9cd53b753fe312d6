"""Price watches: which changes are told, and messages that reach whom they are for."""
