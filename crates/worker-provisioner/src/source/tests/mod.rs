//! Behaviour of the module as its callers see it, with real servers and programs.
