"""The test kit of plugin authors: fixtures, fakes that behave, and the contract of each kind of plugin.

`fixtures` is loaded by pytest itself, where Budkavle is installed. Import the rest from its module:
`contracts.TransportContract`, `fakes.FakeTransport`, `plugins.offer`.
"""
