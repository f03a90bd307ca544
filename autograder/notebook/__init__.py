"""The learner's surface: `check`, `hint`, `predict`, `reveal`, `progress`, and the file in which progress is kept. Grades nothing."""
