//! Bytes and write units, by the rules of DynamoDB's documentation and by the engine's count.

use aws_sdk_dynamodb::types::{AttributeValue, Capacity, ConsumedCapacity};

/// Bytes of one write unit.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>
pub const UNIT: usize = 1_024;

/// The size of a value by the rules of
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>, in which the 100
/// bytes of an index are for storage only.
pub fn size_of(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::N(number) => {
            let digits = number.replace(['-', '.'], "");
            digits.trim_matches('0').len().div_ceil(2) + 1 + usize::from(number.starts_with('-'))
        }
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size_of(value)).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + size_of(value)).sum::<usize>()
        }
        other => panic!("no rule for {other:?}"),
    }
}

/// The write units that the engine counted for the table itself.
pub fn of_table(consumed: &ConsumedCapacity) -> usize {
    whole(consumed.table().and_then(Capacity::capacity_units))
}

/// The write units that the engine counted for an index.
pub fn of_index(consumed: &ConsumedCapacity, name: &str) -> usize {
    let indexes = consumed.global_secondary_indexes();
    whole(indexes.and_then(|indexes| indexes.get(name)).and_then(Capacity::capacity_units))
}

fn whole(units: Option<f64>) -> usize {
    format!("{:.0}", units.unwrap_or_default()).parse().unwrap()
}
