"""The rules of writing items: keys, conditions, patches, batches. No HTTP and no SQL in here."""
