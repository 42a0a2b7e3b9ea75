"""Detectors of sensitive data on phonenumbers and python-stdnum, and the Redactor over them."""
