"""Runs every part of the boto3 story against the server at ENDPOINT, with the keys and certificates in the folder MATERIAL.

usage: story.py ENDPOINT MATERIAL
"""
import sys

import account
import analyzers
import credentials
import federation
import keylife
import keys
import lake
import organization
import people
import permissions
import roles
import trails
from calls import Calls

aws = Calls(sys.argv[1], sys.argv[2])
for part in (people, permissions, roles, credentials, federation, account, trails, lake, keys, keylife, analyzers, organization):
    part.play(aws)
print("boto3: every answer is as expected")
