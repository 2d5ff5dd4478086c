"""Recording functions of numbers, sweeping the records, and nests of numbers as flat lists."""
