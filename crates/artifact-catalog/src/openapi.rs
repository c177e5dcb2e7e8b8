//! The schemas of what JSON has as a string and a type of ours checks.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Type, schema::Schema},
};

use crate::{JobId, Version, WorkerId, WorkerName};

/// A string that the type's parser accepts: it matches `pattern`, and has an example of it.
macro_rules! text {
    ($type:ident, $description:literal, $pattern:literal, $example:literal) => {
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description))
                    .pattern(Some($pattern))
                    .examples([$example])
                    .into()
            }
        }

        impl ToSchema for $type {}
    };
}

text!(JobId, "The name of a job.", "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$", "install-1763910350-4711");
text!(
    WorkerName,
    "The name of a worker and of its recipe.",
    "^[A-Za-z0-9_+][A-Za-z0-9._+-]{0,127}$",
    "llama-server"
);
text!(
    Version,
    "[epoch:]pkgver-pkgrel",
    r"^[!#-&(-,0-?A-\[\]-~][!#-&(-.0-?A-\[\]-~]{0,127}$",
    "1:1.9.1-1"
);
text!(
    WorkerId,
    "name[:backend][@version]",
    r"^[A-Za-z0-9_+][A-Za-z0-9._+-]{0,127}(:(cpu|cuda|rocm|vulkan|metal))?(@[!#-&(-,0-?A-\[\]-~][!#-&(-.0-?A-\[\]-~]{0,127})?$",
    "llama-server:cpu"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn example<T: PartialSchema + std::str::FromStr>() -> bool {
        let json = serde_json::to_value(T::schema()).unwrap();
        json["examples"][0].as_str().is_some_and(|text| text.parse::<T>().is_ok())
    }

    #[test]
    fn every_example_is_accepted() {
        assert!(example::<JobId>() && example::<Version>());
        assert!(example::<WorkerName>() && example::<WorkerId>());
    }
}
