use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A name that is none of those known.
#[derive(Debug, thiserror::Error)]
#[error("unknown {what} {name:?}: one of {known}")]
pub struct UnknownName {
    what: &'static str,
    name: String,
    known: String,
}

/// Declares an enum of fixed lower-case names, with parsing, printing and serialisation.
macro_rules! names {
    ($(#[$doc:meta])* $enum:ident, $what:literal, $($(#[$vdoc:meta])* $variant:ident = $name:literal),+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $enum {
            $($(#[$vdoc])* #[serde(rename = $name)] $variant),+
        }

        impl $enum {
            /// Every one, in the order they are documented.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, as recipes and JSON write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl fmt::Display for $enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $enum {
            type Err = UnknownName;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|v| v.as_str() == s).ok_or_else(|| UnknownName {
                    what: $what,
                    name: s.chars().take(80).collect(),
                    known: Self::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $enum {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let names = Self::ALL.iter().map(|v| v.as_str());
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .enum_values(Some(names))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $enum {}
    };
}

names! {
    /// The backend that a worker computes with.
    WorkerType, "backend",
    /// The processor.
    Cpu = "cpu",
    /// NVIDIA's CUDA.
    Cuda = "cuda",
    /// AMD's `ROCm`.
    Rocm = "rocm",
    /// Vulkan, on any vendor's device.
    Vulkan = "vulkan",
    /// Apple's Metal.
    Metal = "metal"
}

names! {
    /// The operating system that a worker runs on.
    Platform, "platform",
    /// Linux.
    Linux = "linux",
    /// macOS.
    MacOs = "macos",
    /// Windows.
    Windows = "windows"
}

names! {
    /// The processor architecture, by the name that `uname -m` and a PKGBUILD's `arch` give it.
    Architecture, "architecture",
    /// 64-bit x86.
    X86_64 = "x86_64",
    /// 64-bit ARM.
    Aarch64 = "aarch64"
}

impl Platform {
    /// The one that this program was built for.
    pub const HOST: Self = if cfg!(target_os = "macos") {
        Self::MacOs
    } else if cfg!(target_os = "windows") {
        Self::Windows
    } else {
        Self::Linux
    };
}

impl Architecture {
    /// The one that this program was built for.
    pub const HOST: Self = if cfg!(target_arch = "aarch64") { Self::Aarch64 } else { Self::X86_64 };

    /// The GNU triplet that makepkg's `CHOST` has for it.
    pub fn chost(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-pc-linux-gnu",
            Self::Aarch64 => "aarch64-unknown-linux-gnu",
        }
    }
}
