"""A rival of the munin plugin: one graph in the style of the original's, which was Python.

It loads the whole file, goes over the nodes, and prints a line for each.
"""

import json
import os
import re
import sys
import time


def main():
    with open(os.environ["statsfile"]) as file:
        nodes = json.load(file)
    fields = sorted(
        (re.sub("[^a-zA-Z0-9]", "_", node["nickname"]) + "_" + key[:4], key) for key, node in nodes.items()
    )
    if sys.argv[1:] == ["config"]:
        print("graph_title Average load\ngraph_vlabel load\ngraph_category tahoe")
        for field, key in fields:
            print("%s.label %s" % (field, nodes[key]["nickname"]))
            print("%s.draw LINE1" % field)
        return
    for field, key in fields:
        if time.time() - nodes[key]["timestamp"] <= 300:
            print("%s.value %s" % (field, nodes[key]["stats"]["stats"]["load_monitor.avg_load"]))


main()
