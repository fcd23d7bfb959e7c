"""scikit-learn estimators: a design and a predictor in one, with items by name."""
