"""The account itself: one region, session consistency."""

from local.cosmos.routes.service import Service
from local.cosmos.values import Document
from local.cosmos.wire import Call, Reply, json_reply


async def read_account(service: Service, call: Call) -> Reply:
    """GET /: what clients learn before anything else. The endpoint is the one they used."""
    endpoint = f"{service.scheme}://{call.headers.get('host', '127.0.0.1')}/"
    region: Document = {"name": "local", "databaseAccountEndpoint": endpoint}
    return json_reply(
        200,
        {
            "_self": "",
            "id": "local",
            "_rid": "local",
            "media": "//media/",
            "addresses": "//addresses/",
            "_dbs": "//dbs/",
            "writableLocations": [region],
            "readableLocations": [region],
            "enableMultipleWriteLocations": False,
            "userReplicationPolicy": {
                "asyncReplication": False,
                "minReplicaSetSize": 1,
                "maxReplicasetSize": 1,
            },
            "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
            "systemReplicationPolicy": {"minReplicaSetSize": 1, "maxReplicasetSize": 1},
            "readPolicy": {"primaryReadCoefficient": 1, "secondaryReadCoefficient": 1},
            "queryEngineConfiguration": "{}",
        },
    )
