// A private endpoint with the DNS zones that make the service's own name resolve to it.
param name string
param location string
param tags object
param networkId string
param subnetId string

@description('The service that is reached, by resource id.')
param serviceId string

@description('Its sub-resource: blob, queue, table, Sql, account or vault.')
param groupId string

@description('The privatelink zones of that sub-resource.')
param zoneNames array

resource endpoint 'Microsoft.Network/privateEndpoints@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: groupId
        properties: {
          privateLinkServiceId: serviceId
          groupIds: [groupId]
        }
      }
    ]
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for zoneName in zoneNames: {
  name: zoneName
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zoneName, index) in zoneNames: {
  parent: zones[index]
  name: 'processor'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: { id: networkId }
  }
}]

resource zoneGroup 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [for (zoneName, index) in zoneNames: {
      name: replace(zoneName, '.', '-')
      properties: { privateDnsZoneId: zones[index].id }
    }]
  }
}
