"""What is told while work goes on."""
