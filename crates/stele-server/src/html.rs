//! What pages are made of: the frame around them and the components in them.

pub mod components;
pub mod layout;
pub mod passages;
pub mod say;
