"""The filters' rules, one module a family; each lists its filters in `METHODS`."""
