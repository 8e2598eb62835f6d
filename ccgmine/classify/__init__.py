"""Features, folds, training, thresholds, evaluation, the model bundle and prediction."""
