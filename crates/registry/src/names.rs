//! Images as users write them.

mod image;
mod layout;

pub use image::{ImageName, ImageNameError};
pub use layout::{LayoutName, LayoutNameError};
