//! What both bodies need and that does touch the world.
