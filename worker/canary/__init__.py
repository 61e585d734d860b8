"""A trial on live traffic: what people's votes prove about a challenger, and when it must stop.
Pure: no store, no clock, no network.
"""
