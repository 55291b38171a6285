"""Small statistics over lists of numbers."""


def total(numbers):
    return sum(numbers)


def largest(numbers):
    return max(numbers)

