"""`pippin serve`: models for programs, by the Open Inference Protocol and by the commands of the studio."""
