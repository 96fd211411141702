//! What random films found, in its smallest form.
